#include "ir/text/lexer.h"
#include "ir/text/printer.h"

namespace dl::ir::text {

void Printer::yieldPayload(const Op &op) {
  size_t carried = op.operands.size();
  const Op *loop = op.kind == OpKind::Yield && op.parent ? op.parent->parent : nullptr;
  if (loop && loop->kind == OpKind::For) carried = static_cast<size_t>(std::max(loop->as<ForAttr>().carries, 0));
  if (loop && loop->kind == OpKind::While && op.parent == loop->regions.back())
    carried = static_cast<size_t>(std::max(loop->as<WhileAttr>().carries, 0));
  for (size_t i = 0; i < op.operands.size(); ++i)
    out_ += (i == carried ? " stack " : i ? ", " : " ") + value(op.operands[i]);
}

void Printer::loopPayload(const Op &op, const ForAttr &attr) {
  const std::vector<Value *> &args = op.regions[0]->args;
  size_t counts = attr.tripIsDim ? 0 : 1, scans = attr.scanDims.size();
  // What is read from outside is written before the names of the loop exist.
  std::string trip = attr.tripIsDim ? dim(attr.trip) : op.operands.empty() ? "%undefined" : value(op.operands[0]);
  std::vector<std::string> outer;
  for (const Value *operand : op.operands) outer.push_back(value(operand));
  names_.enter(false);
  for (const Value *arg : args) names_.define(arg);
  auto bound = [&](size_t i) { return counts + i < outer.size() ? outer[counts + i] : "%undefined"; };
  out_ += " " + (args.empty() ? std::string("%undefined") : value(args[0])) + " in 0.." + trip;
  if (attr.reverse) out_ += " reverse";
  for (size_t i = 0; i + 1 < args.size(); ++i) {
    const Value *arg = args[i + 1];
    if (i == 0 && scans) out_ += " scan (";
    else if (i == scans) out_ += std::string(scans ? ")" : "") + " carry (";
    else out_ += ", ";
    out_ += value(arg) + ": " + type(arg->type) + " = " + bound(i);
    if (i < scans) out_ += " dim " + std::to_string(attr.scanDims[i]);
  }
  if (args.size() > 1) out_ += ")";
  region(*op.regions[0]);
  names_.leave();
}

void Printer::whilePayload(const Op &op, const WhileAttr &attr) {
  const std::vector<Value *> &args = op.regions[1]->args, &tested = op.regions[0]->args;
  if (attr.bound > 0) out_ += " bound " + std::to_string(attr.bound);
  std::string bindings = " carry (";
  std::vector<std::string> outer;
  for (const Value *operand : op.operands) outer.push_back(value(operand));
  names_.enter(false);
  for (const Value *arg : args) names_.define(arg);
  for (size_t i = 0; i < args.size(); ++i)
    bindings += (i ? ", " : "") + value(args[i]) + ": " + type(args[i]->type) + " = " + (i < outer.size() ? outer[i] : "%undefined");
  std::vector<std::string> names;
  for (const Value *arg : args) names.push_back(value(arg).substr(1));
  names_.leave();
  out_ += bindings + ")";
  names_.enter(false);
  for (size_t i = 0; i < tested.size() && i < names.size(); ++i) names_.defineAs(tested[i], names[i]);
  region(*op.regions[0]);
  names_.leave();
  out_ += " do";
  names_.enter(false);
  for (size_t i = 0; i < args.size(); ++i) names_.defineAs(args[i], names[i]);
  region(*op.regions[1]);
  names_.leave();
}

void Printer::fusedPayload(const Op &op, const FusedAttr &attr) {
  const std::vector<Value *> &args = op.regions[0]->args;
  out_ += std::string(" ") + name(attr.kind) + " " + atName(attr.name) + " (";
  std::vector<std::string> outer;
  for (const Value *operand : op.operands) outer.push_back(value(operand));
  names_.enter(true);
  // An argument takes the name of its operand where that says everything.
  auto plain = [&](size_t i) {
    if (i >= outer.size() || args[i]->type != op.operands[i]->type || args[i]->type.elem == Elem::Dim) return false;
    for (size_t k = 0; k < i; ++k)
      if (op.operands[k] == op.operands[i]) return false;
    return true;
  };
  for (size_t i = 0; i < args.size(); ++i)
    if (plain(i)) names_.defineAs(args[i], outer[i].substr(1));
  for (size_t i = 0; i < args.size(); ++i)
    if (!plain(i)) names_.define(args[i]);
  for (size_t i = 0; i < args.size(); ++i) {
    out_ += (i ? ", " : "") + value(args[i]);
    if (!plain(i)) out_ += ": " + type(args[i]->type) + " = " + (i < outer.size() ? outer[i] : "%undefined");
  }
  out_ += ")";
  region(*op.regions[0]);
  names_.leave();
  if (attr.schedule.empty()) return;
  out_ += " {";
  for (size_t i = 0; i < attr.schedule.size(); ++i)
    out_ += (i ? ", " : "") + attr.schedule[i].first + " " + std::to_string(attr.schedule[i].second);
  out_ += "}";
}

void Printer::controlPayload(const Op &op) {
  if (isTerminator(op.kind)) return yieldPayload(op);
  if (auto *call = std::get_if<CallAttr>(&op.attrs)) {
    out_ += " " + atName(call->callee);
    return operands(op);
  }
  if (auto *loop = std::get_if<ForAttr>(&op.attrs)) return loopPayload(op, *loop);
  if (auto *loop = std::get_if<WhileAttr>(&op.attrs)) return whilePayload(op, *loop);
  if (auto *fused = std::get_if<FusedAttr>(&op.attrs)) return fusedPayload(op, *fused);
  if (op.kind == OpKind::If) {
    operands(op);
    names_.enter(false);
    region(*op.regions[0]);
    names_.leave();
    out_ += " else";
    names_.enter(false);
    region(*op.regions[1]);
    names_.leave();
    return;
  }
  // checkpoint and custom_grad: arguments bound to the operands; the gradient region's are plain.
  std::vector<std::string> outer;
  for (const Value *operand : op.operands) outer.push_back(value(operand));
  for (size_t r = 0; r < op.regions.size(); ++r) {
    const std::vector<Value *> &args = op.regions[r]->args;
    out_ += r ? " vjp " : " ";
    names_.enter(false);
    for (const Value *arg : args) names_.define(arg);
    out_ += "(";
    for (size_t i = 0; i < args.size(); ++i) {
      out_ += (i ? ", " : "") + value(args[i]) + ": " + type(args[i]->type);
      if (r == 0) out_ += " = " + (i < outer.size() ? outer[i] : "%undefined");
    }
    out_ += ")";
    region(*op.regions[r]);
    names_.leave();
  }
}

} // namespace dl::ir::text
