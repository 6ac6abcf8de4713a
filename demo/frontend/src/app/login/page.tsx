"use client";

import { useRouter } from "next/navigation";
import { useState, type FormEvent } from "react";
import { explain, login } from "@/lib/api";

export default function Login() {
  const router = useRouter();
  const [error, setError] = useState<unknown>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    try {
      await login(String(form.get("username")), String(form.get("password")));
      router.push("/people");
    } catch (failure) {
      setError(failure);
    }
  }

  return (
    <form className="card narrow" onSubmit={submit}>
      <h1>Log in</h1>
      <label>User name <input name="username" autoComplete="username" required /></label>
      <label>
        Password
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button>Log in</button>
      {error !== null && <p role="alert" className="failure">{explain(error)}</p>}
    </form>
  );
}
