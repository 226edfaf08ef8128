import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { setBackend } from "../../api/call";
import { kinds, noSide, zendeskSide } from "../../api/demo/rebuild-data";
import type { KindView, SideView } from "../../api/types";
import type { Route } from "../../components/route";
import { expectAccessible, show } from "../../test/render";
import { ConnectPage } from "./connect-page";
import { kindsOf, missing, sameDesk, settingsOf, shown } from "./model";

const route = (side: string): Route => ({ page: "connect", rest: [side], query: {} });
const connect = vi.fn(() => Promise.resolve(zendeskSide()));
const survey = vi.fn(() => Promise.resolve("J-1"));
let source: SideView = noSide("source");

beforeEach(() => {
  source = noSide("source");
  setBackend({
    Desks: {
      Kinds: () => Promise.resolve(kinds()),
      Side: (side) => Promise.resolve(side === "source" ? source : noSide("target")),
      Tidy: (_kind, text) => Promise.resolve({ address: `https://${String(text).trim()}.zendesk.com`, problem: null }),
      Connect: connect,
      Survey: survey,
    },
    Jobs: { Current: () => Promise.resolve(null), Status: () => Promise.reject(new Error("unknown")) },
  });
});
afterEach(() => {
  setBackend(undefined);
  vi.clearAllMocks();
});

const zendesk = (): KindView => kinds().find((k) => k.name === "zendesk") as KindView;

test("P12: the form says what it makes of an address, with how to get the token beside it", async () => {
  const user = userEvent.setup();
  const { container } = show(<ConnectPage route={route("source")} />);
  await user.click(await screen.findByRole("radio", { name: "Zendesk" }));
  expect(screen.getByText("Switch on token access, add a token, and copy it at once: it is shown only one time.")).toBeVisible();
  expect(screen.getByRole("button", { name: "Connect and test" })).toBeDisabled();
  await user.type(screen.getByLabelText(/^Address/), "acme");
  expect(await screen.findByText("Waybill connects to https://acme.zendesk.com")).toBeVisible();
  await expectAccessible(container);
});

test("only what is shown is asked for and sent, and what is there is counted at once", async () => {
  const user = userEvent.setup();
  show(<ConnectPage route={route("source")} />);
  await user.type(await screen.findByLabelText(/^Address/), "a");
  await user.type(screen.getByLabelText(/^E-mail address/), "b");
  await user.click(screen.getByRole("combobox", { name: "Sign in with" }));
  await user.click(await screen.findByRole("option", { name: "An OAuth token" }));
  expect(screen.queryByLabelText(/^E-mail address/)).not.toBeInTheDocument();
  await user.type(screen.getByLabelText(/^OAuth token/), "c");
  await user.click(screen.getByRole("button", { name: "Connect and test" }));
  await waitFor(() => expect(connect).toHaveBeenCalledWith("source", "zendesk", { address: "a", auth: "oauth", oauth: "c", page: "" }));
  await waitFor(() => expect(survey).toHaveBeenCalledWith("source"));
});

test("what is wrong is said, at its field", async () => {
  const user = userEvent.setup();
  connect.mockImplementationOnce(() => Promise.reject(new Error(JSON.stringify({ code: "desk.unauthorized", what: "Zendesk does not accept the token.", why: "It may be mistyped.", next: "Make a new one.", where: { field: "oauth" } }))));
  source = { ...zendeskSide(), settings: { address: "https://acme.zendesk.com", auth: "oauth" } };
  show(<ConnectPage route={route("source")} />);
  await user.click(await screen.findByRole("button", { name: "Change this connection" }));
  expect(await screen.findByLabelText(/^Address/)).toHaveValue("https://acme.zendesk.com");
  expect(screen.getByText("Kept in this computer's key store. Leave it free to keep it as it is.")).toBeVisible();
  await user.type(screen.getByLabelText(/^OAuth token/), "wrong");
  await user.click(screen.getByRole("button", { name: "Connect and test" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Zendesk does not accept the token.");
  expect(screen.getByLabelText(/^OAuth token/)).toHaveAttribute("aria-invalid", "true");
});

test("P10, P11: the test says who we are, what is missing, and what is not available", async () => {
  source = zendeskSide();
  const { container } = show(<ConnectPage route={route("source")} />);
  expect(await screen.findByText("Suite Professional")).toBeVisible();
  expect(screen.getByText("400 requests a minute, of them 100 that change something")).toBeVisible();
  expect(screen.getByText(/^see webhooks/)).toBeVisible();
  expect(screen.getByText(/^Reading all of it takes between 29 h 40 min and 39 h 27 min$/)).toBeVisible();
  const rows = within(screen.getByRole("region", { name: "What is in there" })).getAllByRole("row");
  expect(rows[1]).toHaveTextContent("about700,412");
  expect(rows[3]).toHaveTextContent("not known");
  expect(screen.getByText("Not in that figure, because the desk does not say how much there is: Files.")).toBeVisible();
  expect(rows[4]).toHaveTextContent("Not available");
  await expectAccessible(container);
});

test("a kept token is only for the desk that it belongs to", () => {
  const k = zendesk();
  const side = zendeskSide();
  const values = { ...side.settings };
  expect(sameDesk(k, values, side)).toBe(true);
  expect(missing(k.form, values, true)).toEqual([]);
  expect(sameDesk(k, { ...values, address: "https://other.zendesk.com" }, side)).toBe(false);
  expect(missing(k.form, values, false)).toEqual(["token"]);
});

test("fields follow what is chosen before them", () => {
  const form = zendesk().form;
  const names = (values: Record<string, string>) => form.filter((f) => shown(form, f, values)).map((f) => f.name);
  expect(names({})).toEqual(["address", "auth", "email", "token", "page"]);
  expect(names({ auth: "oauth" })).toEqual(["address", "auth", "oauth", "page"]);
  expect(settingsOf(form, { address: " a ", auth: "oauth", token: "left over", oauth: "o" })).toEqual({ address: "a", auth: "oauth", oauth: "o", page: "" });
  expect(kindsOf(kinds(), "target").map((k) => k.name)).toEqual(["zendesk", "practice"]);
  expect(kindsOf(kinds(), "source").map((k) => k.name)).toEqual(["zendesk", "files", "practice"]);
});
