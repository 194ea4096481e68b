// The differences between two texts, line by line.

const MOST = 4000; // lines of each text that are compared one by one; beyond it what lies between counts as another

/** A list of {kind: 'same' | 'added' | 'removed', line}: the longest common sequence of lines stays. */
export function lineChanges(before, after) {
  let [old, current] = [before.split('\n'), after.split('\n')];
  const start = commonLength(old, current);
  const end = commonLength(old.slice(start).reverse(), current.slice(start).reverse());
  const head = old.slice(0, start);
  const tail = end ? old.slice(-end) : [];
  old = old.slice(start, old.length - end);
  current = current.slice(start, current.length - end);
  return [...same(head), ...between(old, current), ...same(tail)];
}

const same = (lines) => lines.map((line) => ({ kind: 'same', line }));

function commonLength(one, other) {
  let length = 0;
  while (length < Math.min(one.length, other.length) && one[length] === other[length]) length += 1;
  return length;
}

function between(old, current) {
  if (old.length > MOST || current.length > MOST) {
    return [...old.map((line) => ({ kind: 'removed', line })), ...current.map((line) => ({ kind: 'added', line }))];
  }
  const lengths = commonLengths(old, current);
  const changes = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < current.length) {
    if (i < old.length && j < current.length && old[i] === current[j]) {
      changes.push({ kind: 'same', line: old[i++] });
      j += 1;
    } else if (j >= current.length || (i < old.length && lengths[i + 1][j] >= lengths[i][j + 1])) {
      changes.push({ kind: 'removed', line: old[i++] });
    } else {
      changes.push({ kind: 'added', line: current[j++] });
    }
  }
  return changes;
}

/** How many lines the rests of both have in common, from each pair of lines on. */
function commonLengths(old, current) {
  const lengths = Array.from({ length: old.length + 1 }, () => new Uint16Array(current.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = current.length - 1; j >= 0; j -= 1) {
      lengths[i][j] = old[i] === current[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  return lengths;
}
