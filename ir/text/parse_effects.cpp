#include "ir/text/parser.h"

namespace dl::ir::text {

/// "text", %value ".3f", %number names ("a", "b")
std::vector<PrintPiece> Parser::pieces(Draft &draft) {
  std::vector<PrintPiece> all;
  bool begins = peek().kind == TokenKind::String || (peek().kind == TokenKind::Value && !atOpStart());
  if (!begins) return all;
  do {
    PrintPiece piece;
    if (peek().kind == TokenKind::String) {
      piece.text = string();
    } else {
      piece.operand = static_cast<int>(draft.operands.size());
      draft.operands.push_back(use());
      if (peek().kind == TokenKind::String) piece.spec = string();
      if (accept("names")) list("(", ")", [&] { piece.strings.push_back(string()); });
    }
    all.push_back(std::move(piece));
  } while (!failed_ && accept(","));
  return all;
}

void Parser::filesPayload(Draft &draft) {
  SaveAttr attr;
  bool saves = draft.kind == OpKind::Save;
  if (peek().kind == TokenKind::String) {
    do {
      attr.names.push_back(string());
      if (!saves) continue;
      expect("=");
      draft.operands.push_back(use());
    } while (!failed_ && accept(","));
  }
  expect(saves ? "to" : "from");
  attr.path = pieces(draft);
  if (!saves) attr.types = draft.types;
  draft.attrs = std::move(attr);
}

/// %text characters most 6 special 1 names ("a", "b")
void Parser::encodePayload(Draft &draft) {
  draft.operands.push_back(use());
  EncodeAttr attr;
  attr.unit = textUnit();
  if (accept("most")) attr.most = integer();
  if (accept("special")) attr.special = integer();
  expect("names");
  list("(", ")", [&] { attr.names.push_back(string()); });
  draft.attrs = std::move(attr);
}

void Parser::effectPayload(Draft &draft) {
  if (draft.kind == OpKind::Print) {
    draft.attrs = PrintAttr{pieces(draft)};
  } else if (draft.kind == OpKind::Snapshot) {
    draft.attrs = SnapshotAttr{name()};
  } else if (draft.kind == OpKind::Check) {
    draft.operands.push_back(use());
    CheckAttr attr;
    if (accept("else")) attr.message = pieces(draft);
    draft.attrs = std::move(attr);
  } else if (draft.kind == OpKind::Report) {
    ReportAttr attr;
    attr.name = string();
    draft.operands.push_back(use());
    if (accept("scope")) attr.scope = string();
    draft.attrs = std::move(attr);
  } else if (draft.kind == OpKind::Progress) {
    draft.attrs = ProgressAttr{string()};
    operands(draft);
  } else if (draft.kind == OpKind::Write) {
    draft.operands.push_back(use());
    expect("to");
    draft.attrs = WriteAttr{pieces(draft)};
  } else {
    filesPayload(draft);
  }
}

} // namespace dl::ir::text
