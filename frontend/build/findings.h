/// What is noted while the entries of a module are built; what of it deserves a warning is known when all are.
#pragma once
#include "frontend/build/elaborator.h"

namespace dl::frontend {

struct Findings {
  struct Dropped {
    bool reached = false, effect = false; ///< it was built; it did something at least once
    std::string value;                    ///< what it is
    std::string call;                     ///< the bare name of a function that needs no arguments
  };
  std::map<const ast::ExprStmt *, Dropped> dropped; ///< statements whose value nobody takes, by their text
  struct Use {
    SourceRange over;                     ///< what the first loss that uses it is minimised over
    std::string model;
  };
  std::map<std::string, Use> used;        ///< models whose params a loss is computed from
  std::set<std::string> changed;          ///< models of which some param is trained or assigned
};

/// Evaluates a statement whose value nobody takes and notes whether it does anything.
Val evalDropped(Elaborator &e, const ast::ExprStmt &s);
/// What `minimize` is about to do.
struct LossStep {
  const ir::Value *loss;
  std::vector<ir::Value *> inputs; ///< what it is differentiated by
  std::string names;               ///< those, as written
  SourceRange where, over;
};
/// Notes which models a loss is computed from; warns where none of its inputs leads to it on a way that has a derivative.
void noteLoss(Elaborator &e, const LossStep &step);
void noteChange(Elaborator &e, const Place &place);
/// Warns where a library function gets what another one has made of it already, such as `cross_entropy` of a `softmax`.
void checkScores(Elaborator &e, const FunctionObject &callee);
/// Subscripts whose range goes beyond what they choose from.
void checkLabels(Elaborator &e, const Val &index, const Dim &length, SourceRange where, const ir::Value *of, size_t dim);
/// The warnings that come of it.
void reportFindings(const Findings &findings, Diagnostics &diags);

} // namespace dl::frontend
