// An address without #clause still goes to the clause.
if (!window.location.hash) document.getElementById("clause")?.scrollIntoView({ block: "start" });
