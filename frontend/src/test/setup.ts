import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(cleanup);
// Patience for a busy computer; nothing waits longer than it must.
configure({ asyncUtilTimeout: 8_000 });

// What jsdom lacks and the component kit asks for.
class NoMedia extends EventTarget {
  matches = false;
  media = "";
  onchange = null;
  addListener() {}
  removeListener() {}
}
window.matchMedia = () => new NoMedia();

class NoResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}
window.ResizeObserver = NoResizeObserver;
window.HTMLElement.prototype.scrollIntoView = () => {};
// The text areas that grow ask for the fonts.
Object.defineProperty(document, "fonts", { value: new EventTarget() });
// Without a layout a long list would show nothing of itself.
Object.defineProperty(HTMLElement.prototype, "offsetHeight", { configurable: true, value: 600 });
Object.defineProperty(HTMLElement.prototype, "offsetWidth", { configurable: true, value: 1000 });
