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

const SMOOTH = 10;

/** perMinute turns counts per second into a rate a minute, averaged over the last seconds. */
export function perMinute(counts: number[], smooth = SMOOTH): number[] {
  return counts.map((_, i) => {
    const from = Math.max(0, i - smooth + 1);
    const part = counts.slice(from, i + 1);
    return (part.reduce((n, c) => n + c, 0) / part.length) * 60;
  });
}

/** LimitChart is the live line of requests a minute, with the desk's limit drawn in and named. */
export function LimitChart({ requests, limit, target, seconds = 120 }: { requests: number[]; limit: number; target: string; seconds?: number }) {
  const shown = perMinute(requests).slice(-seconds);
  const now = shown.at(-1) ?? 0;
  const top = nice(Math.max(1, limit * 1.15, ...shown));
  const said = limit > 0 ? words.job.limitOf(target, count(Math.round(limit))) : words.job.noLimit;
  const y = HEIGHT - (limit / top) * HEIGHT;
  return (
    <div className={css.chartBox} role="img" aria-label={words.job.requestsNow(count(Math.round(now)), said)}>
      <span className={css.axis} style={{ top: 0 }} aria-hidden>
        {count(top)}
      </span>
      <span className={css.axis} style={{ bottom: 0 }} aria-hidden>
        0
      </span>
      <svg className={css.chart} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
        <line className={css.grid} x1="0" x2={WIDTH} y1="0.5" y2="0.5" />
        <line className={css.grid} x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        {limit > 0 && <line className={css.limit} x1="0" x2={WIDTH} y1={y} y2={y} />}
        {shown.length > 1 && <path className={css.line} d={linePath(shown, top, Math.max(30, shown.length))} />}
      </svg>
      {/* The name stands above its line; where there is no line it says so. */}
      <span className={css.limitLabel} data-limit={limit > 0} style={{ top: limit > 0 ? `calc(${(y / HEIGHT) * 100}% - 12px)` : 0 }} aria-hidden>
        {limit > 0 ? words.job.limit(count(Math.round(limit))) : words.job.noLimit}
      </span>
    </div>
  );
}
