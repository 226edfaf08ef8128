import { count, decimal } from "./format";
import css from "./job.module.css";
import { words } from "./strings";

const WIDTH = 600;
const HEIGHT = 100;

/** nice rounds an axis' top up to 1, 2 or 5 times a power of ten. */
export function nice(top: number): number {
  if (top <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(top));
  const factor = [1, 2, 5, 10].find((f) => f * power >= top) ?? 10;
  return factor * power;
}

/** linePath draws rates from left to right; the newest is at the right edge. */
export function linePath(rates: number[], top: number, span: number): string {
  const step = WIDTH / Math.max(1, span - 1);
  const left = WIDTH - (rates.length - 1) * step;
  return rates
    .map((r, i) => `${i === 0 ? "M" : "L"}${(left + i * step).toFixed(1)} ${(HEIGHT - (Math.min(r, top) / top) * HEIGHT).toFixed(1)}`)
    .join("");
}

/** RateChart is the live line of records per second, from zero. */
export function RateChart({ rates, seconds = 120 }: { rates: number[]; seconds?: number }) {
  const shown = rates.slice(-seconds);
  const now = shown.at(-1) ?? 0;
  const top = nice(Math.max(1, ...shown));
  return (
    <div className={css.chartBox} role="img" aria-label={words.job.chartNow(decimal(now))}>
      <span className={css.axis} style={{ top: 0 }} aria-hidden>
        {count(top)}
      </span>
      <span className={css.axis} style={{ bottom: 0 }} aria-hidden>
        0
      </span>
      <svg className={css.chart} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
        <line className={css.grid} x1="0" x2={WIDTH} y1="0.5" y2="0.5" />
        <line className={css.grid} x1="0" x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} />
        <line className={css.grid} x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        {shown.length > 1 && <path className={css.line} d={linePath(shown, top, Math.max(30, shown.length))} />}
      </svg>
    </div>
  );
}
