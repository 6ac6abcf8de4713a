"use client";

import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { logout, me } from "@/lib/api";

/** Who is logged in, asked anew on every page. */
export function Account() {
  const path = usePathname();
  const router = useRouter();
  const [user, setUser] = useState<string | null>(null);

  useEffect(() => {
    me().then(setUser, () => setUser(null));
  }, [path]);

  if (user === null) return <Link href="/login">Log in</Link>;
  return (
    <button
      className="plain"
      onClick={() => logout().finally(() => { setUser(null); router.push("/login"); })}
    >
      {user} · Log out
    </button>
  );
}
