#include "frontend/build/value.h"

namespace dl::frontend {

Val Val::text(std::string s) {
  auto object = std::make_shared<TextObject>();
  if (!s.empty()) object->parts.push_back({std::move(s), nullptr, "", nullptr});
  return of(ValKind::Text, std::move(object));
}

Val Val::tuple(std::vector<Val> items, ValKind kind) {
  auto object = std::make_shared<Bundle>();
  object->items = std::move(items);
  return of(kind, std::move(object));
}

Val Val::record(std::vector<std::string> labels, std::vector<Val> items, ValKind kind) {
  auto object = std::make_shared<Bundle>();
  object->labels = std::move(labels), object->items = std::move(items);
  return of(kind, std::move(object));
}

const Val *Bundle::find(const std::string &label) const {
  for (size_t i = 0; i < labels.size(); ++i)
    if (labels[i] == label) return &items[i];
  return nullptr;
}

bool TextObject::known() const {
  for (const TextPart &part : parts)
    if (part.value || !part.column.empty()) return false;
  return true;
}

std::string TextObject::str() const {
  std::string out;
  for (const TextPart &part : parts) out += part.text;
  return out;
}

Member *Instance::find(const std::string &name) {
  for (Member &member : members)
    if (member.name == name) return &member;
  return nullptr;
}

Val Val::imported(const ast::ImportTarget *target) {
  auto object = std::make_shared<ImportObject>();
  object->target = target;
  return of(target ? ValKind::Import : ValKind::Error, std::move(object));
}

} // namespace dl::frontend
