import type { Schedule } from "@/lib/api";

const day = (iso: string) =>
  new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** One row per person, one column per four-week block. */
export function ScheduleTable({ schedule }: { schedule: Schedule }) {
  const starts = new Map<number, string>();
  const rows = new Map<string, Map<number, string>>();
  for (const { block, starts_on, person, rotation } of schedule.assignments) {
    starts.set(block, starts_on);
    if (!rows.has(person)) rows.set(person, new Map());
    rows.get(person)!.set(block, rotation);
  }
  const blocks = [...starts.keys()].sort((a, b) => a - b);
  const rotations = [...new Set(schedule.assignments.map((a) => a.rotation))].sort();
  const hue = (rotation: string) => (rotations.indexOf(rotation) * 360) / rotations.length;

  return (
    <div className="scroll">
      <table data-testid="schedule">
        <caption>
          {schedule.name}: {schedule.assignments.length} assignments
        </caption>
        <thead>
          <tr>
            <th>Person</th>
            {blocks.map((block) => <th key={block}>{day(starts.get(block)!)}</th>)}
          </tr>
        </thead>
        <tbody>
          {[...rows.keys()].sort().map((person) => (
            <tr key={person}>
              <th scope="row">{person}</th>
              {blocks.map((block) => {
                const rotation = rows.get(person)!.get(block);
                return (
                  <td key={block}>
                    {rotation
                      ? <span className="rotation" style={{ background: `hsl(${hue(rotation)} 60% 90%)` }}>{rotation}</span>
                      : <span className="away">away</span>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
