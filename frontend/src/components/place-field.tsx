import { Button, PasswordInput, TextInput } from "@mantine/core";
import type { PlaceSetting } from "../api/types-keep";
import css from "./restore.module.css";
import { words } from "./restore-strings";

/** PlaceField asks for one setting of the place that backups lie in. */
export function PlaceField(props: { setting: PlaceSetting; has: boolean; value: string; onChange: (v: string) => void; onPick?: () => void }) {
  const { setting: s, has, value, onChange, onPick } = props;
  if (s.secret) {
    return <PasswordInput label={s.title} description={s.help} autoComplete="off" placeholder={has ? words.kept : ""} value={value} onChange={(e) => onChange(e.currentTarget.value)} />;
  }
  return (
    <div className={css.pick}>
      <TextInput label={s.title} description={s.help === "" ? undefined : s.help} required={!s.optional} withAsterisk={false} value={value} onChange={(e) => onChange(e.currentTarget.value)} />
      {onPick !== undefined && (
        <Button variant="default" onClick={onPick}>
          {words.choose}
        </Button>
      )}
    </div>
  );
}
