/** Draws what a process held over time as an SVG image. */

/** A line of the plot. */
export interface PlottedLine {
  readonly name: string;
  readonly color: string;
  /** In MiB, by minutes. */
  readonly points: readonly (readonly [minutes: number, mib: number])[];
}

const width = 800;
const height = 320;
const margin = { left: 56, right: 16, top: 36, bottom: 40 };
const innerWidth = width - margin.left - margin.right;
const innerHeight = height - margin.top - margin.bottom;

/** @returns the text of the file */
export function drawMemoryPlot(title: string, lines: readonly PlottedLine[]): string {
  const all = lines.flatMap(({ points }) => points);
  const lastMinute = Math.max(...all.map(([minutes]) => minutes));
  const mibStep = niceStep(Math.max(...all.map(([, mib]) => mib)));
  const top = Math.ceil(Math.max(...all.map(([, mib]) => mib)) / mibStep) * mibStep;
  const x = (minutes: number): string => (margin.left + (minutes / lastMinute) * innerWidth).toFixed(1);
  const y = (mib: number): string => (margin.top + (1 - mib / top) * innerHeight).toFixed(1);
  const grid = steps(top, mibStep).map(
    (mib) =>
      `<path d="M${x(0)} ${y(mib)}H${x(lastMinute)}" stroke="#ddd"/>` +
      `<text x="${margin.left - 8}" y="${y(mib)}" text-anchor="end" dominant-baseline="middle">${mib}</text>`,
  );
  const minutes = steps(lastMinute, niceStep(lastMinute)).map(
    (each) => `<text x="${x(each)}" y="${height - 22}" text-anchor="middle">${each}</text>`,
  );
  const curves = lines.map(({ color, points }) => {
    const path = points.map(([minute, mib]) => `${x(minute)} ${y(mib)}`).join("L");
    return `<path d="M${path}" fill="none" stroke="${color}" stroke-width="1.5"/>`;
  });
  const names = lines.map(
    ({ name, color }, index) => `<text x="${margin.left + index * 220}" y="28" fill="${color}">${name}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${margin.left}" y="14" font-weight="bold">${title}</text>`,
    ...names,
    ...grid,
    ...minutes,
    `<text x="${margin.left + innerWidth / 2}" y="${height - 6}" text-anchor="middle">minutes</text>`,
    `<text x="8" y="${margin.top - 8}">MiB</text>`,
    ...curves,
    "</svg>\n",
  ].join("\n");
}

/** 1, 2 or 5 times a power of ten: at most ten of them make up the range. */
function niceStep(range: number): number {
  const power = 10 ** Math.floor(Math.log10(range / 10));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => range / step <= 10) ?? range;
}

function steps(last: number, step: number): number[] {
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, index) => Number((index * step).toFixed(6)));
}
