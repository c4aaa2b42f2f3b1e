// A link that holds the case: made here, and opened here.
import { find } from "../dom.js";
import { fitsBase, shareFragment, sharedCase, unpackFacts } from "../offline/share.js";
import { settings, word } from "../words.js";
import { loadCases } from "./cases.js";

export const share = async (state) => {
  const fragment = await shareFragment({
    name: state.view.name, profile: state.profile, digest: state.view.digest ?? "", facts: state.view.facts.map((item) => item.fact),
  });
  const address = location.href.replace(/#.*$/u, "") + fragment;
  find("share-link").value = address;
  find("share-state").textContent = "";
  find("share-dialog").showModal();
  find("share-link").select();
  const told = state.view.problems.length ? word("share_left_out") : "";
  let copied = "";
  try {
    await navigator.clipboard.writeText(address);
    copied = word("share_copied");
  } catch {
    // The link stands in the field all the same.
  }
  find("share-state").textContent = `${copied} ${told}`.trim();
};

// Opens the case of the address; false where it has none.
export const openShared = async (show, passOf, state) => {
  const example = /^#example=(\d+)-(.+)$/u.exec(location.hash);
  if (example) return openExample(show, decodeURIComponent(example[2]), Number(example[1]));
  if (!location.hash.startsWith("#case=")) return false;
  const found = await sharedCase(location.hash);
  const notice = find("notice");
  if (found && settings.profiles.some((item) => item.id === found.profile)) {
    state.profile = found.profile;
    find("profile").value = found.profile;
  }
  let base;
  try {
    base = await passOf();
  } catch {
    notice.hidden = false;
    notice.textContent = word("no_pass");
    return false;
  }
  const sound = found && fitsBase(base, found.facts);
  notice.hidden = Boolean(sound) && base.digest.startsWith(found.digest);
  notice.textContent = sound ? word("other_base") : word("share_broken");
  if (!sound) return false;
  await show(found);
  return true;
};

// A case of a page of the knowledge base: the one at a place among those of the page.
const openExample = async (show, page, place) => {
  const found = (await loadCases()).filter((item) => item.href === page)[place];
  if (!found) return false;
  await show({ name: found.title, facts: unpackFacts(found.facts), text: found.text });
  return true;
};
