import axios from "axios";

// Always the versioned path: /api/* is redirected to /api/v1/* without CORS headers,
// and a browser on another origin does not follow such a redirect.
export const api = axios.create({
  baseURL: process.env.NEXT_PUBLIC_API_URL ?? "/api/v1",
  withCredentials: true, // the login is a cookie
  timeout: 15_000,
});

export interface Person {
  id: number;
  name: string;
  email: string;
  pgy_level: number;
  active: boolean;
}

export interface ScheduleSummary {
  id: number;
  name: string;
  starts_on: string;
  blocks: number;
}

export interface Schedule extends ScheduleSummary {
  assignments: { block: number; starts_on: string; person: string; rotation: string }[];
}

export const login = (username: string, password: string) =>
  api.post("/auth/login", { username, password });

export const logout = () => api.post("/auth/logout");

export const me = async () =>
  (await api.get<{ username: string }>("/auth/me")).data.username;

export const listPeople = async () => (await api.get<Person[]>("/people")).data;

export const listSchedules = async () =>
  (await api.get<ScheduleSummary[]>("/schedules")).data;

export const getSchedule = async (id: number) =>
  (await api.get<Schedule>(`/schedules/${id}`)).data;

export const generate = async (wanted: Omit<ScheduleSummary, "id">) =>
  (await api.post<Schedule>("/schedules/generate", wanted)).data;

/** What to tell the user: the API's own words where it spoke. */
export function explain(error: unknown): string {
  if (!axios.isAxiosError(error)) return String(error);
  const detail: unknown = error.response?.data?.detail;
  if (typeof detail === "string") return detail;
  if (error.response) return `the API answered ${error.response.status}`;
  return `no usable answer from ${api.defaults.baseURL} (${error.message})`;
}

export const isLoggedOut = (error: unknown) =>
  axios.isAxiosError(error) && error.response?.status === 401;
