import { Button } from "@mantine/core";
import { reports } from "../../api/services";
import { useDo } from "../../components/do";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import css from "./report.module.css";
import { words } from "./strings";

/** Logo is the company's picture on the reports. */
export function Logo({ logo }: { logo: string }) {
  const choose = useDo(reports.chooseLogo);
  const remove = useDo(reports.removeLogo);
  const problem = choose.problem ?? remove.problem;
  return (
    <Section title={words.logo}>
      {problem && <ProblemNote problem={problem} />}
      <div className="between">
        {logo === "" ? <p className="soft">{words.logoHint}</p> : <img className={css.logo} src={logo} alt={words.logo} />}
        <div className="row" style={{ flexShrink: 0 }}>
          {logo !== "" && (
            <Button variant="subtle" loading={remove.busy} onClick={() => remove.run()}>
              {words.logoRemove}
            </Button>
          )}
          <Button variant="default" loading={choose.busy} onClick={() => choose.run()}>
            {words.logoChoose}
          </Button>
        </div>
      </div>
    </Section>
  );
}
