// A pretended browser: what React and the clients look for, on Node's own fetch and streams.
import { Window } from "happy-dom";

const window = new Window({ url: "http://localhost/" });
for (const name of ["document", "HTMLElement", "Element", "Node", "MutationObserver"]) {
  globalThis[name] = window[name];
}
globalThis.window = window;
Object.defineProperty(globalThis, "navigator", { value: window.navigator, configurable: true });
globalThis.sessionStorage = window.sessionStorage;
globalThis.localStorage = window.localStorage;
globalThis.IS_REACT_ACT_ENVIRONMENT = false;

/** The server under test. */
export const apiUrl = process.env.LANGGRAPH_API_URL;
if (!apiUrl) throw new Error("LANGGRAPH_API_URL says where the server is");

/** Waits until what is looked at is true; what happens is never waited for by the clock. */
export async function until(look, { seconds = 20, what = look.toString() } = {}) {
  const end = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      last = await look();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      throw new Error(`not within ${seconds} s: ${what}; last: ${String(last?.stack ?? last)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The text of a message, whether it is a string or blocks. */
export function text(message) {
  const content = message?.content;
  if (typeof content === "string") return content;
  return (content ?? []).map((block) => block.text ?? "").join("");
}
