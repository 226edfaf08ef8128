import { queryOptions } from "@tanstack/react-query";
import { call } from "../../api/call";
import type { KeepView, PersonFound } from "../../api/types-keep";

/** keep is the struct that Go binds for this page. Jobs are ids. */
export const keep = {
  view: () => call<KeepView>("Keep", "View"),
  setPlace: (kind: string, settings: Record<string, string>) => call<null>("Keep", "SetPlace", kind, settings),
  backup: (passphrase: string, partMB: number) => call<string>("Keep", "Backup", passphrase, partMB),
  test: (id: number, passphrase: string, every: number) => call<string>("Keep", "TestBackup", id, passphrase, every),
  archive: (fates: string[]) => call<string>("Keep", "WriteArchive", fates),
  find: (who: string) => call<PersonFound>("Keep", "FindPerson", who),
  erase: (who: string, why: string, confirm: string) => call<string>("Keep", "Erase", who, why, confirm),
};

export const keepQuery = queryOptions({ queryKey: ["keep"], queryFn: keep.view });
