// The log: identifiers, statuses and counts; never a token, a request, an answer or a record of somebody.

const KEPT = 500;
const lines = [];

function write(level, words) {
  const line = `${new Date().toISOString()} ${level} ${words}`;
  lines.push(line);
  if (lines.length > KEPT) lines.shift();
  console.error(line);
}

export const log = {
  info: (words) => write("info", words),
  warn: (words) => write("warn", words),
  alarm: (words) => write("ALARM", words), // wakes somebody
  newest: () => [...lines],
};
