import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { setBackend } from "../api/call";
import { cameLater } from "../api/demo/data";
import { expectAccessible, show } from "../test/render";
import { CameLater } from "./came-later";

afterEach(() => setBackend(undefined));

test("what came after a decision opens, and comes under it by one click", async () => {
  const include = vi.fn(() => Promise.resolve(null));
  setBackend({ Clean: { Later: () => Promise.resolve(cameLater()), IncludeLater: include } });
  const { container } = show(<CameLater />);
  const button = await screen.findByRole("button", { name: "Include these 12" });
  expect(screen.getByRole("link", { name: /12/ })).toHaveAttribute("href", expect.stringContaining("later"));
  await expectAccessible(container);
  await userEvent.click(button);
  expect(include).toHaveBeenCalledWith(11);
});
