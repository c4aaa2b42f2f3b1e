// Sets of scenarios as bit masks; `legit/engine/scenarios.py` explains them. The first dimension varies fastest.

export const makeSpace = (sizes) => {
  const strides = [];
  let count = 1;
  for (const size of sizes) {
    strides.push(count);
    count *= size;
  }
  const all = (1n << BigInt(count)) - 1n;
  // The scenarios in which a dimension has a value: one block, repeated through the whole space by doubling.
  const where = (dimension, value) => {
    const stride = strides[dimension];
    let mask = ((1n << BigInt(stride)) - 1n) << BigInt(value * stride);
    for (let covered = stride * sizes[dimension]; covered < count; covered *= 2) mask |= mask << BigInt(covered);
    return mask & all;
  };
  return { count, all, where };
};
