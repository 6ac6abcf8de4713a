"use client";

import { useEffect, useState, type FormEvent } from "react";
import { Failure } from "@/components/Failure";
import { ScheduleTable } from "@/components/ScheduleTable";
import { generate, getSchedule, listSchedules, type Schedule, type ScheduleSummary } from "@/lib/api";

const today = () => new Date().toISOString().slice(0, 10);

export default function SchedulePage() {
  const [stored, setStored] = useState<ScheduleSummary[]>([]);
  const [schedule, setSchedule] = useState<Schedule | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    listSchedules().then(setStored, setError);
  }, []);

  async function show(work: Promise<Schedule>) {
    setBusy(true);
    setError(null);
    try {
      setSchedule(await work);
      setStored(await listSchedules());
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void show(generate({
      name: String(form.get("name")),
      starts_on: String(form.get("starts_on")),
      blocks: Number(form.get("blocks")),
    }));
  }

  return (
    <section className="card">
      <h1>Schedule</h1>
      <form className="row" onSubmit={submit}>
        <label>Name <input name="name" defaultValue="New schedule" maxLength={120} required /></label>
        <label>From <input name="starts_on" type="date" defaultValue={today()} required /></label>
        <label>Blocks <input name="blocks" type="number" min={1} max={13} defaultValue={6} required /></label>
        <button disabled={busy}>{busy ? "Working…" : "Generate"}</button>
      </form>
      <Failure error={error} />
      {schedule !== null && <ScheduleTable schedule={schedule} />}
      {stored.length > 0 && (
        <>
          <h2>Stored</h2>
          <ul>
            {stored.slice(0, 10).map(({ id, name, starts_on, blocks }) => (
              <li key={id}>
                <button className="plain" onClick={() => void show(getSchedule(id))}>
                  {name}, from {starts_on}, {blocks} blocks
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
