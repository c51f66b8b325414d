/// Tables.
#include "frontend/build/builtin.h"

namespace dl::frontend {

Val Elaborator::evalData(const ast::Data &decl) { return unsupported(decl.where, "`data`"); }
Val Elaborator::evalForTable(const ast::For &e, const Val &) { return unsupported(e.where, "walking a table"); }
Val Elaborator::callTable(const Val &, std::vector<Arg>, const CallSite &site) { return unsupported(site.where, "applying `data` to a source"); }
Val Elaborator::concatTables(const std::vector<Val> &, SourceRange where) { return unsupported(where, "`concat` of tables"); }

std::span<const Builtin> dataBuiltins() { return {}; }

} // namespace dl::frontend
