import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../test/render";
import { pretty } from "./record-panel";
import { clean, frameDocument, heightFor } from "../../components/message-frame";
import { Thread } from "./thread";

const HOSTILE = `<script>parent.go()</script><p onclick="x()">Hi <b>there</b></p><img src=x onerror="x()"><img src="https://spy.example/p.gif"><iframe src="https://spy.example"></iframe><style>p{}</style><form action="/x"><input></form><a href="javascript:x()">click</a><svg onload=x()></svg>`;

test("nothing of a message can run, send or frame anything", () => {
  const out = clean(HOSTILE);
  expect(out).toContain("<b>there</b>");
  expect(out).not.toMatch(/script|onclick|onerror|onload|iframe|<style|<form|<input|<svg|javascript:/i);
});

test("a message stands in a frame without any right, under a policy of its own", () => {
  show(<Thread messages={[{ id: "m1", author: "Lena", author_kind: "customer", at: "2016-04-03T07:12:00Z", private: true, html: HOSTILE, attachments: [{ name: "log.txt", value: "12 kB" }] }]} />);
  const frame = screen.getByTitle("Message by Lena");
  expect(frame).toHaveAttribute("sandbox", "");
  expect(frame).toHaveAttribute("referrerpolicy", "no-referrer");
  expect(frame.getAttribute("srcdoc")).toContain("default-src 'none'; img-src data:; style-src 'unsafe-inline'");
  expect(frame.getAttribute("srcdoc")).not.toMatch(/<script|onerror/);
  expect(screen.getByText("Private note")).toBeVisible();
  expect(screen.getByText("log.txt")).toBeVisible();
});

test("a frame is as high as its text, within limits", () => {
  expect(heightFor("<p>Thanks!</p>")).toBeLessThan(60);
  expect(heightFor(`<p>${"word ".repeat(4000)}</p>`)).toBe(360);
  expect(frameDocument("<p>x</p>", { text: "red", link: "blue", font: "serif", scheme: "dark" })).toContain("<p>x</p>");
});

test("raw text is indented for reading, but long numbers keep every digit", () => {
  expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(pretty('{"id":9007199254740993123}')).toBe('{"id":9007199254740993123}');
  expect(pretty("a;b;c")).toBe("a;b;c");
});
