"use client";

import { useEffect, useState } from "react";
import { Failure } from "@/components/Failure";
import { listPeople, type Person } from "@/lib/api";

export default function People() {
  const [people, setPeople] = useState<Person[] | null>(null);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    listPeople().then(setPeople, setError);
  }, []);

  return (
    <section className="card">
      <h1>People</h1>
      <Failure error={error} />
      {people?.length === 0 && <p>Nobody yet.</p>}
      {people !== null && people.length > 0 && (
        <table data-testid="people">
          <thead><tr><th>Name</th><th>E-mail</th><th>PGY</th></tr></thead>
          <tbody>
            {people.map((person) => (
              <tr key={person.id}>
                <th scope="row">{person.name}</th>
                <td>{person.email}</td>
                <td>{person.pgy_level}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
