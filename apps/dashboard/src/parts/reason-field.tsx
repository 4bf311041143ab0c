/** Why: the ledger keeps it with the change, and a team may require it. */
export function ReasonField({
  value,
  onChange,
  isRequired = false,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly isRequired?: boolean;
}) {
  return (
    <label className="field">
      <span>Reason</span>
      <input
        value={value}
        maxLength={1000}
        required={isRequired}
        placeholder={isRequired ? 'Why? Your team requires a reason.' : 'Why? The audit trail keeps it.'}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}
