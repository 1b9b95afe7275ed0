// Hours of one person's shifts by class: above 40 hours of a workweek, from Sunday to Saturday, they are overtime.
//
// Time is counted between two moments, in whole thousandths of an hour, so a night in which the clocks change has
// nine hours or seven. Source of the rule: 29 CFR 778.101.

const WEEK = 40_000; // thousandths of an hour

// shifts: [{id, started_at, ended_at, time_zone}] that have ended -> {id: [{pay_classification, hours_worked}]}
export function classify(shifts) {
  const weeks = new Map();
  const found = {};
  for (const shift of [...shifts].sort((one, other) => Date.parse(one.started_at) - Date.parse(other.started_at))) {
    const week = weekOf(shift);
    const before = weeks.get(week) ?? 0;
    const worked = Math.round((Date.parse(shift.ended_at) - Date.parse(shift.started_at)) / 3600);
    const regular = Math.max(0, Math.min(worked, WEEK - before));
    weeks.set(week, before + worked);
    found[shift.id] = [["Regular", regular], ["Overtime", worked - regular]]
      .filter(([, count]) => count > 0)
      .map(([name, count]) => ({ pay_classification: name, hours_worked: count / 1000 }));
  }
  return found;
}

// The day on which a shift began, by the calendar of its place: YYYY-MM-DD.
export function dayOf({ started_at, time_zone }) {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: time_zone, year: "numeric", month: "2-digit", day: "2-digit",
  });
  return parts.format(new Date(started_at));
}

function weekOf(shift) {
  const day = new Date(`${dayOf(shift)}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - day.getUTCDay());
  return day.toISOString().slice(0, 10);
}
