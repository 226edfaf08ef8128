import { useQuery } from "@tanstack/react-query";
import { Ask } from "../../components/ask";
import { Page, Tabs } from "../../components/page";
import { formatRoute, type Route } from "../../components/route";
import { keepQuery } from "./api";
import { ArchiveTab } from "./archive-tab";
import { BackupTab } from "./backup-tab";
import { EraseTab } from "./erase-tab";
import { words } from "./strings";

/** KeepPage keeps the project elsewhere, writes what stays behind, and erases people. */
export function KeepPage({ route }: { route: Route }) {
  const view = useQuery(keepQuery);
  const open = route.rest[0] ?? "backup";
  return (
    <Ask of={view}>
      {(v) => (
        <Page title={words.title} lead={words.lead}>
          <Tabs
            label={words.tabs}
            open={open}
            tabs={[
              { id: "backup", title: words.backup, href: formatRoute("keep") },
              { id: "archive", title: words.archive, href: formatRoute("keep", ["archive"]) },
              { id: "erase", title: words.erase, href: formatRoute("keep", ["erase"]) },
            ]}
          />
          {open === "archive" ? <ArchiveTab view={v} /> : open === "erase" ? <EraseTab view={v} /> : <BackupTab view={v} />}
        </Page>
      )}
    </Ask>
  );
}
