import Link from "next/link";
import { explain, isLoggedOut } from "@/lib/api";

export function Failure({ error }: { error: unknown }) {
  if (error === null) return null;
  return (
    <p role="alert" className="failure">
      {explain(error)} {isLoggedOut(error) && <Link href="/login">Log in</Link>}
    </p>
  );
}
