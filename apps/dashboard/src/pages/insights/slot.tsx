import type { InsightsPeriodBody } from '#libs/contracts';

/** A period of the chosen span; one without runs has no figures. */
export interface Slot {
  readonly start: number;
  readonly end: number;
  readonly name: string;
  readonly figures: InsightsPeriodBody | null;
}

/** What stands under a chart of periods. */
export function ChartEnds({ slots, middle }: { readonly slots: readonly Slot[]; readonly middle: string }) {
  return (
    <div className="soft small line spread">
      <span>{slots[0]?.name}</span>
      <span>{middle}</span>
      <span>{slots.at(-1)?.name}</span>
    </div>
  );
}
