// A page's own address: on the button that copies it, at the end of the print, and after printed citations.
for (const button of document.querySelectorAll("button[data-share]")) {
  const { origin, pathname } = window.location;
  button.dataset.copy = origin + pathname + button.dataset.share;
  button.hidden = false;
}
for (const place of document.querySelectorAll("[data-address]")) {
  place.textContent = decodeURI(window.location.origin + window.location.pathname);
}
for (const link of document.querySelectorAll("a.cited")) {
  const address = new URL(link.href);
  address.search = "";
  link.dataset.address = decodeURI(address.href);
}
