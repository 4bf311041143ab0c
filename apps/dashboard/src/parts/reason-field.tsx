/** Why: the ledger keeps it with the change, and a team may require it. */
export function ReasonField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <label className="field">
      <span>Reason</span>
      <input
        value={value}
        maxLength={1000}
        placeholder="Why? The audit trail keeps it."
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}
