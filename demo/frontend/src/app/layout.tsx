import type { Metadata } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { Account } from "@/components/Account";
import "./globals.css";

export const metadata: Metadata = { title: "Residency Scheduler" };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <header>
          <strong>Residency Scheduler</strong>
          <nav>
            <Link href="/people">People</Link>
            <Link href="/schedule">Schedule</Link>
            <Account />
          </nav>
        </header>
        <main>{children}</main>
      </body>
    </html>
  );
}
