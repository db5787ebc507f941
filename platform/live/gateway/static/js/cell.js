// A value that tells of its changes: at most once a frame each, however often it is set.
const waiting = new Set();
let asked = false;

function flush() {
  asked = false;
  const now = [...waiting];
  waiting.clear();
  for (const tell of now) tell();
}

/** Have something done at the next frame, once; in a page nobody looks at some time later. */
export function soon(work) {
  waiting.add(work);
  if (asked) return;
  asked = true;
  if (document.hidden) setTimeout(flush, 250);
  else requestAnimationFrame(flush);
}

export class Cell {
  constructor(value) {
    this.value = value;
    this.heard = new Set();
  }

  set(value) {
    this.value = value;
    this.touch();
  }

  /** Say that the value has changed within. */
  touch() {
    for (const tell of this.heard) soon(tell);
  }

  on(tell) {
    const told = () => tell(this.value);
    this.heard.add(told);
    soon(told);
    return () => this.heard.delete(told);
  }
}
