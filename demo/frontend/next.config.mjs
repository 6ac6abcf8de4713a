const backend = process.env.BACKEND_URL ?? "http://localhost:8000";

/** @type {import("next").NextConfig} */
export default {
  output: "standalone",
  redirects: async () => [{ source: "/", destination: "/people", permanent: false }],
  // So that a relative base, /api/v1, works as well as the absolute one.
  rewrites: async () => [
    { source: "/api/v1/:path*", destination: `${backend}/api/v1/:path*` },
  ],
};
