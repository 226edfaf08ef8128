import { ActionIcon, Button, Menu, Popover, TextInput, Tooltip, useMantineColorScheme } from "@mantine/core";
import { IconArrowRight, IconDeviceDesktop, IconMoon, IconSearch, IconSun, IconUser, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useCurrentJob, isActive } from "../api/jobs";
import { app } from "../api/services";
import type { Home, JobView, Person } from "../api/types";
import { useDo } from "../components/do";
import { JobBar, PauseButton, percentOf } from "../components/job-panel";
import { Pill } from "../components/marks";
import { ProblemNote } from "../components/problem-note";
import { formatRoute } from "../components/route";
import css from "./shell.module.css";
import { words } from "./strings";

/** pageOfJob is where a job can be followed in full. */
export function pageOfJob(kind: string): string {
  if (/check/.test(kind)) return "check";
  if (kind === "changes") return "delta";
  if (kind === "retry") return "held";
  if (/inspect|reinspect|propose|read|extract|table/.test(kind)) return "source";
  if (/profile/.test(kind)) return "inventory";
  return "run";
}

function RunningJob({ job }: { job: JobView }) {
  return (
    <div className={css.job}>
      <a href={formatRoute(pageOfJob(job.kind))}>
        <span className="clip">{job.title}</span>
        <span className={css.jobTrack}>
          <JobBar job={job} />
        </span>
        <span className="num">{percentOf(job)}</span>
      </a>
      <PauseButton job={job} />
    </div>
  );
}

/** PersonButton says who works, and lets them say so. */
export function PersonButton({ person }: { person: Person }) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState(person.name);
  const [role, setRole] = useState(person.role);
  const save = useDo(app.setPerson, () => setOpen(false));
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={320} trapFocus withArrow shadow="sm">
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconUser size={16} aria-hidden />}
          onClick={() => {
            setName(person.name);
            setRole(person.role);
            setOpen(!open);
          }}
          c="var(--text)"
        >
          {person.name === "" ? words.whoNone : person.name}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          className="stack"
          onSubmit={(e) => {
            e.preventDefault();
            save.run(name.trim(), role.trim());
          }}
        >
          <div>
            <h3>{words.who}</h3>
            <p className="faint">{words.whoHint}</p>
          </div>
          <TextInput label={words.name} placeholder={words.namePlaceholder} value={name} onChange={(e) => setName(e.currentTarget.value)} required data-autofocus />
          <TextInput label={words.role} placeholder={words.rolePlaceholder} value={role} onChange={(e) => setRole(e.currentTarget.value)} />
          {save.problem && <ProblemNote problem={save.problem} />}
          <Button type="submit" loading={save.busy} disabled={name.trim() === ""}>
            {words.save}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}

/** SchemeButton chooses light, dark, or what the system has. */
export function SchemeButton() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = { auto: IconDeviceDesktop, light: IconSun, dark: IconMoon }[colorScheme];
  return (
    <Menu position="bottom-end" withArrow>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`${words.look}: ${words.scheme[colorScheme]}`}>
          <Icon size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{words.look}</Menu.Label>
        {(["auto", "light", "dark"] as const).map((s) => (
          <Menu.Item key={s} onClick={() => setColorScheme(s)} aria-current={s === colorScheme}>
            {words.scheme[s]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** TopBar says what moves, what runs, and who works. */
export function TopBar({ home, person, onPalette }: { home: Home; person: Person; onPalette: () => void }) {
  const job = useCurrentJob();
  const close = useDo(app.closeProject);
  const { source, target, practice, sample } = home.project;
  return (
    <header className={css.bar}>
      <div className={css.move}>
        <span className={source === "" ? css.missing : ""}>{source || words.noSource}</span>
        <IconArrowRight size={16} aria-label={words.arrow} />
        <span className={target === "" ? css.missing : ""}>{target || words.noTarget}</span>
        {practice && <Pill>{words.practice}</Pill>}
        {sample && !isActive(job) && <Pill>{words.sample}</Pill>}
      </div>
      <div className={css.right}>
        {job && isActive(job) && <RunningJob job={job} />}
        <PersonButton person={person} />
        <Tooltip label={`${words.palette} (${words.paletteKeys})`}>
          <ActionIcon variant="subtle" color="gray" size="lg" onClick={onPalette} aria-label={words.palette}>
            <IconSearch size={18} />
          </ActionIcon>
        </Tooltip>
        <SchemeButton />
        <Tooltip label={words.closeProject}>
          <ActionIcon variant="subtle" color="gray" size="lg" onClick={() => close.run()} loading={close.busy} aria-label={words.closeProject}>
            <IconX size={18} />
          </ActionIcon>
        </Tooltip>
      </div>
    </header>
  );
}
