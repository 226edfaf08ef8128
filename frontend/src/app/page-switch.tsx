import type { ReactNode } from "react";
import type { Route } from "../components/route";
import { CheckPage } from "../features/check/check-page";
import { CleanPage } from "../features/clean/clean-page";
import { ConnectPage } from "../features/connect/connect-page";
import { DeltaPage } from "../features/delta/delta-page";
import { HeldPage } from "../features/held/held-page";
import { HomePage } from "../features/home/home-page";
import { InventoryPage } from "../features/inventory/inventory-page";
import { KeepPage } from "../features/keep/keep-page";
import { MappingPage } from "../features/mapping/mapping-page";
import { ProfilePage } from "../features/profile/profile-page";
import { RebuildPage } from "../features/rebuild/rebuild-page";
import { RecordsPage } from "../features/records/records-page";
import { ReportPage } from "../features/report/report-page";
import { RunPage } from "../features/run/run-page";
import { SpotsPage } from "../features/spots/spots-page";
import { SourcePage } from "../features/source/source-page";
import { TargetPage } from "../features/target/target-page";

/** pageOf draws the page of a route. */
export function pageOf(route: Route): ReactNode {
  switch (route.page) {
    case "home":
      return <HomePage />;
    case "source":
      return <SourcePage route={route} />;
    case "inventory":
      return <InventoryPage route={route} />;
    case "profile":
      return <ProfilePage route={route} />;
    case "records":
      return <RecordsPage route={route} />;
    case "clean":
      return <CleanPage route={route} />;
    case "mapping":
      return <MappingPage route={route} />;
    case "connect":
      return <ConnectPage route={route} />;
    case "rebuild":
      return <RebuildPage route={route} />;
    case "target":
      return <TargetPage />;
    case "run":
      return <RunPage route={route} />;
    case "held":
      return <HeldPage />;
    case "check":
      return <CheckPage route={route} />;
    case "delta":
      return <DeltaPage />;
    case "report":
      return <ReportPage route={route} />;
    case "spots":
      return <SpotsPage route={route} />;
    case "keep":
      return <KeepPage route={route} />;
  }
}
