import "@testing-library/jest-dom/vitest";
import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(cleanup);

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
