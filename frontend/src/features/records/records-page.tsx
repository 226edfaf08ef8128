import { Button, CloseButton, Menu, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconColumns, IconSearch, IconX } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { queries } from "../../api/queries";
import type { Filter, ObjectView, RecordPage, RecordRow } from "../../api/types";
import { Ask } from "../../components/ask";
import { CopyButton } from "../../components/copy-button";
import { FATES } from "../../components/fate";
import { count } from "../../components/format";
import { Empty, Page, Tabs } from "../../components/page";
import { formatRoute, recordsRoute, replace, type Route } from "../../components/route";
import { recordQueries } from "./api";
import { ConditionMenu } from "./condition-menu";
import { asTable, chipsOf, parseFilter, withFate, withText, withWhere } from "./model";
import { RecordList } from "./record-list";
import { RecordPanel } from "./record-panel";
import css from "./records.module.css";
import { words } from "./strings";

/** RecordsPage is the list behind every number. */
export function RecordsPage({ route }: { route: Route }) {
  const objects = useQuery(queries.objects());
  return (
    <Ask of={objects}>
      {(list) => {
        if (list.length === 0) {
          return (
            <Page title={words.title} lead={words.lead}>
              <Empty
                title={words.empty}
                buttons={
                  <Button component="a" href={formatRoute("source")}>
                    {words.emptyButton}
                  </Button>
                }
              >
                {words.emptyBody}
              </Empty>
            </Page>
          );
        }
        const usual = list.find((o) => o.object === "ticket") ?? list[0];
        const filter = parseFilter(route.query["f"], usual?.object ?? "");
        return <Browser objects={list} filter={filter} id={route.query["id"] ?? ""} />;
      }}
    </Ask>
  );
}

function Browser({ objects, filter, id }: { objects: ObjectView[]; filter: Filter; id: string }) {
  const [columns, setColumns] = useState<Record<string, string[]>>({});
  const [seen, setSeen] = useState<{ first?: RecordPage; rows: RecordRow[] }>({ rows: [] });
  const chosen = columns[filter.object] ?? [];
  const total = seen.first?.total;
  const open = (next: string) => replace(recordsRoute(filter, next));
  const show = useCallback((f: Filter) => replace(recordsRoute(f)), []);
  const onSeen = useCallback((first: RecordPage, rows: RecordRow[]) => setSeen({ first, rows }), []);
  const object = objects.find((o) => o.object === filter.object);
  const shownColumns = seen.first?.columns ?? [];
  return (
    <Page
      fixed
      title={words.title}
      lead={filter.words ? <span className={css.sentence}>{filter.words}</span> : words.lead}
      panel={id !== "" && <RecordPanel key={filter.object + id} object={filter.object} id={id} onClose={() => replace(recordsRoute(filter))} />}
    >
      <Tabs
        label={words.title}
        open={filter.object}
        tabs={objects.map((o) => ({ id: o.object, title: o.title, note: count(o.rows.value), href: recordsRoute({ object: o.object }) }))}
      />
      <div className={css.tools}>
        <SearchBox key={filter.object} text={filter.text ?? ""} onText={(text) => show(withText(filter, text))} />
        <Searchable page={seen.first} />
        <Select
          aria-label={words.anyFate}
          data={[{ value: "", label: words.anyFate }, ...FATES.map((f) => ({ value: f.id, label: f.word }))]}
          value={filter.fate ?? ""}
          allowDeselect={false}
          w={170}
          onChange={(v) => show(withFate(filter, v ?? ""))}
        />
        <ConditionMenu fields={object?.fields.map((f) => f.name) ?? []} onAdd={(c) => show(withWhere(filter, c))} />
        {chipsOf(filter)
          .filter((c) => c.id !== "fate" && c.id !== "text")
          .map((c) => (
            <span key={c.id} className={css.chip}>
              <span className="clip">{c.text}</span>
              <button type="button" aria-label={words.remove(c.text)} onClick={() => show(c.without)}>
                <IconX size={13} />
              </button>
            </span>
          ))}
        <span className={css.total}>{total && (total.exact ? words.total(count(total.value)) : words.about(count(total.value)))}</span>
        <ColumnMenu
          all={object?.fields.map((f) => f.name) ?? []}
          chosen={chosen.length > 0 ? chosen : shownColumns}
          onChange={(next) => setColumns({ ...columns, [filter.object]: next })}
        />
        <span title={words.copyHint}>
          <CopyButton label={words.copy} text={asTable(shownColumns, seen.rows)} />
        </span>
      </div>
      <RecordList filter={filter} columns={chosen} open={id} onOpen={open} onFilter={show} onSeen={onSeen} />
    </Page>
  );
}

/** Searchable says how far the words are read, and asks the list again when they are. */
function Searchable({ page }: { page: RecordPage | undefined }) {
  const state = useQuery(recordQueries.searchable());
  const client = useQueryClient();
  const ready = state.data?.ready === true;
  const readThrough = page?.search != null && !page.search.ready;
  useEffect(() => {
    if (ready && readThrough) void client.invalidateQueries({ queryKey: ["records", "list"] });
  }, [client, ready, readThrough]);
  if (!state.data || ready) return null;
  const problem = state.data.problem;
  return (
    <span className={css.reading} role="status" title={problem ? `${problem.why} ${problem.next}` : words.readingHint}>
      {problem ? problem.what : words.reading(state.data.percent)}
    </span>
  );
}

function SearchBox({ text, onText }: { text: string; onText: (t: string) => void }) {
  const [typed, setTyped] = useState(text);
  const later = useDebouncedCallback(onText, 250);
  return (
    <TextInput
      aria-label={words.search}
      placeholder={words.search}
      title={words.searchHint}
      leftSection={<IconSearch size={15} />}
      rightSection={
        typed !== "" && (
          <CloseButton
            size="sm"
            aria-label={words.clear}
            onClick={() => {
              setTyped("");
              onText("");
            }}
          />
        )
      }
      w={240}
      value={typed}
      onChange={(e) => {
        setTyped(e.currentTarget.value);
        later(e.currentTarget.value);
      }}
    />
  );
}

function ColumnMenu({ all, chosen, onChange }: { all: string[]; chosen: string[]; onChange: (c: string[]) => void }) {
  return (
    <Menu closeOnItemClick={false} position="bottom-end" withArrow>
      <Menu.Target>
        <Button size="compact-sm" variant="default" leftSection={<IconColumns size={14} />}>
          {words.columns}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: "auto" }}>
        {all.map((name) => (
          <Menu.Item
            key={name}
            role="menuitemcheckbox"
            aria-checked={chosen.includes(name)}
            leftSection={<input type="checkbox" readOnly tabIndex={-1} checked={chosen.includes(name)} aria-hidden />}
            onClick={() => onChange(chosen.includes(name) ? chosen.filter((c) => c !== name) : [...chosen, name])}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
