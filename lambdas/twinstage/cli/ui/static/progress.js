"use strict";
// Adds what a rehearsal says as it says it; once it is over, or waits for people, the page is loaded again with what came of it.
const log = document.getElementById("lines");
let waited = document.getElementById("approval") !== null;

async function look() {
  try {
    const answer = await fetch(`${log.dataset.from}?after=${log.dataset.next}`);
    if (!answer.ok) throw new Error(answer.statusText);
    const told = await answer.json();
    const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
    for (const line of told.lines) log.append(line + "\n");
    log.dataset.next = told.next;
    if (atEnd) log.scrollTop = log.scrollHeight;
    if (!told.running || (told.waits && !waited)) return location.reload();
  } catch {
    // The console is gone, or busy: it is asked again.
  }
  setTimeout(look, 1000);
}
look();
