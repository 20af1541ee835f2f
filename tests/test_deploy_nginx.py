"""deploy/nginx.conf, tried: who signs in gets in, nobody else, and nobody by saying so."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from test_web import free_port

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CONFIG = Path(__file__).resolve().parent.parent / "deploy" / "nginx.conf"
pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx (.ci/run installs it)")

SERVE = """
import sys
from pathlib import Path
from qa_bot.api import Access
from qa_bot.bot import Bot
from qa_bot.settings import DataFolder
from qa_bot.web import serve
data = DataFolder(*[Path(argument) for argument in sys.argv[2:]])
serve(Bot.open(data), port=int(sys.argv[1]), access=Access(user_header="X-Remote-User"))
"""
MAIN = """
{user}daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{servers}
}}
"""
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


@pytest.fixture(scope="module")
def doors(data, tmp_path_factory):
    """The bot and nginx before it: the addresses of both."""
    folder = tmp_path_factory.mktemp("nginx")
    inner, outer = free_port(), free_port()
    (folder / "users").write_text("wang:{PLAIN}right\n", encoding="ascii")
    servers = CONFIG.read_text(encoding="utf-8")
    servers = re.sub(r"(?m)^\s*ssl_certificate.*\n", "", servers)
    servers = servers.replace("listen 443 ssl", f"listen 127.0.0.1:{outer}")
    servers = servers.replace("/etc/nginx/qa-bot.users", str(folder / "users"))
    servers = servers.replace("127.0.0.1:7860", f"127.0.0.1:{inner}")
    root = subprocess.run(["id", "-u"], capture_output=True, text=True, check=True).stdout == "0\n"
    config = folder / "nginx.conf"
    text = MAIN.format(folder=folder, servers=servers, user="user root;\n" if root else "")
    config.write_text(text, encoding="utf-8")
    folders = (data.corpus, data.index, data.models, data.feedback, data.reports)
    command = [sys.executable, "-c", SERVE, str(inner), *map(str, folders)]
    processes = [subprocess.Popen(command), subprocess.Popen([NGINX, "-c", config, "-p", folder])]
    try:
        ends = time.monotonic() + 60
        while asked(f"http://127.0.0.1:{outer}/readyz")[0] not in (200, 503):
            assert time.monotonic() < ends, (folder / "error.log").read_text("utf-8")
            time.sleep(0.2)
        while asked(f"http://127.0.0.1:{outer}/readyz")[0] != 200:
            assert time.monotonic() < ends
            time.sleep(0.2)
        yield f"http://127.0.0.1:{outer}", f"http://127.0.0.1:{inner}"
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(15)


def asked(address, user=None, body=None, **headers):
    """Status and body of a reply; status 0 where there is none."""
    request = urllib.request.Request(address, data=body)
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    if user:
        request.add_header("Authorization", f"Basic {base64.b64encode(user.encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=15) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


@pytest.mark.parametrize(
    "path", ["/", "/api/ask?q=%E8%8D%AF%E5%BA%97", "/exemptions.csv", "/metrics", "/mcp"]
)
def test_who_has_not_signed_in_gets_nothing(doors, path):
    outer, inner = doors
    assert asked(outer + path)[0] == 401
    assert asked(outer + path, "wang:wrong")[0] == 401
    assert asked(outer + path, X_Remote_User="wang")[0] == 401
    assert asked(inner + path)[0] == 401


def test_who_has_signed_in_reads_the_page_and_asks(doors):
    outer, _ = doors
    status, page = asked(outer + "/", "wang:right")
    assert status == 200
    assert "公报问答" in page.decode()
    status, reply = asked(outer + "/api/ask?q=%E8%8D%AF%E5%BA%97", "wang:right")
    assert status == 200
    assert "status" in json.loads(reply)
    hello = json.dumps(HELLO).encode()
    kinds = {"Content_Type": "application/json", "Accept": "application/json, text/event-stream"}
    assert asked(outer + "/mcp", "wang:right", hello, **kinds)[0] == 200


def test_signs_of_life_need_nobody(doors):
    assert asked(doors[0] + "/healthz")[0] == 200
    assert asked(doors[0] + "/readyz")[0] == 200


def test_what_is_too_large_ends_at_the_proxy(doors):
    big = b"x" * 1_100_000
    assert asked(doors[0] + "/api/ask", "wang:right", big)[0] in (413, 0)
