// What is asked for again and again, but only while somebody looks at it.
import { Problem } from "./api.js";
import { fault, h } from "./dom.js";

/** Do ``work`` now, and every so many ms while ``panel`` is seen; what goes wrong stands on the panel. Gives a way to do it at once. */
export function polled(panel, every, work) {
  const trouble = h("div", { hidden: true });
  panel.querySelector(".body").prepend(trouble);
  let busy = false;
  const once = async () => {
    if (busy || document.hidden || !panel.offsetParent) return;
    busy = true;
    try {
      await work();
      trouble.hidden = true;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      trouble.hidden = false;
      trouble.replaceChildren(fault(problem));
    } finally {
      busy = false;
    }
  };
  setInterval(once, every);
  setTimeout(once, 0);
  document.addEventListener("lockstep:shown", once, true);
  return once;
}
