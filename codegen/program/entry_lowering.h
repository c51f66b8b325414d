/// One entry to a host function. Every rank-0 value lives in its frame word, so a resume point can be entered from outside.
#pragma once
#include "codegen/loops/group.h"
#include "codegen/program/data_builder.h"
#include "codegen/program/lower_program.h"
#include <unordered_map>

namespace dl::codegen {

/// Tables of the program that entries add to.
struct SharedTables {
  const ir::Module &module;
  const ProgramInfo &info;
  DataBuilder &data;
  std::map<std::string, std::string> kernels;     ///< see GroupContext
  std::vector<Record> positions;                  ///< dl_position
  std::map<std::string, uint32_t> positionNumber;
  std::vector<std::string> metrics;
  std::set<std::string> features;                 ///< dl_feature_*
  uint32_t position(SourceRange where);
  uint32_t metric(const std::string &name);
};

class EntryLowering {
public:
  EntryLowering(SharedTables &shared, const ir::Function &entry, const passes::MemoryPlan &plan, const TargetInfo &target);
  /// The function is added to the program.
  void run();
  const std::string &functionName() const { return function_->name; }
  int64_t arenaBytes() const { return workspaceBase_ + workspaceBytes_ + 4096; }
  int64_t scratchBytes() const { return scratchBytes_; }
  const std::vector<uint32_t> &tables() const { return tables_; }
  const passes::Place &placeOf(const ir::Value *v) const { return plan_.of(v); }

private:
  // Values.
  Val frameWord(int64_t number);
  void setFrameWord(int64_t number, Val v);
  Val scalar(const ir::Value *v);              ///< as its element
  void setScalar(const ir::Value *v, Val value);
  Val wordAddress(const ir::Value *v);
  Val address(const ir::Value *v);             ///< of a tensor; of the word of a scalar
  Val dim(const dl::Dim &d);
  const ir::Value *outer(const ir::Value *v) const;
  RegionEmitter emitter(const ir::Value *except = nullptr);
  int constantData(const ir::Value *v);
  bool samePlace(const ir::Value *a, const ir::Value *b) const;
  bool overlap(const ir::Value *a, const ir::Value *b) const;

  // Statements.
  void region(const ir::Region &r);
  void op(const ir::Op &op);
  void scalarOp(const ir::Op &op);
  void group(const ir::Op &op);
  void launch(const Launch &l);
  void runtimeCall(const Launch &l);
  void move(const std::vector<const ir::Value *> &from, const std::vector<const ir::Value *> &to);
  void copyTensor(const ir::Value *from, const ir::Value *to);
  void ifOp(const ir::Op &op);
  void forOp(const ir::Op &op);
  void whileOp(const ir::Op &op);
  void loadTable(const ir::Op &op);
  void encode(const ir::Op &op);
  void snapshot(const ir::Op &op);
  void enter();
  void checked(const std::string &callee, std::vector<Val> args);

  // Effects (entry_effects.cpp).
  void effect(const ir::Op &op);
  void check(const ir::Op &op);
  void files(const ir::Op &op);
  Val format(const std::vector<ir::PrintPiece> &pieces);
  Val values(const ir::Op &op, const std::vector<ir::PrintPiece> &pieces);
  Val tensorBlock(const std::vector<const ir::Value *> &list, const std::vector<std::vector<std::string>> &names);
  void fillTensor(const Buffer *words, int64_t first, const ir::Value *v, Val at, const std::vector<std::string> &names);

  SharedTables &shared_;
  const ir::Function &entry_;
  const passes::MemoryPlan &plan_;
  TargetInfo target_;
  std::unique_ptr<LoopFunction> function_;
  std::unique_ptr<LoopBuilder> b_;
  const Buffer *words_;
  const Buffer *frame_;
  Val argsBlock_ = nullptr;
  const Buffer *args_ = nullptr;
  std::unordered_map<const ir::Value *, const ir::Value *> outer_; ///< inside a group: region argument to operand
  int64_t workspaceBase_ = 0, workspaceBytes_ = 0, scratchBytes_ = 0;
  std::vector<uint32_t> tables_;
  bool entered_ = false;
};

} // namespace dl::codegen
