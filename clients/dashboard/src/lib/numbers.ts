/** Numbers and sizes as people read them. */

const grouped = new Intl.NumberFormat("en");

export function count(value: number | string | undefined): string {
  return grouped.format(Number(value ?? 0));
}

/** Return "0 B", "1.2 kB", "3.4 MB": powers of 1000. */
export function bytes(value: number | string | undefined): string {
  let size = Number(value ?? 0);
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (size < 1000) return unit === "B" ? `${size} B` : `${size.toFixed(1)} ${unit}`;
    size /= 1000;
  }
  return `${size.toFixed(1)} TB`;
}
