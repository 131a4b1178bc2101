// Which of several statements that one use of a macro makes a piece of syntax is: all stand at one place of the text,
// and tier 1 tells them apart by their order only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "slang/syntax/SyntaxNode.h"
#include "slang/text/SourceLocation.h"

namespace fanin::indexer {

enum class MacroPart : uint8_t {
  kContinuous,  // an item of a continuous assignment
  kAssignment,  // a procedural one, also ++ and --
  kCall,        // any other expression that is a statement
  kReturn,
  kCondition,  // if, case, loop
  kBlock,      // a procedure
};

class MacroOrder {
 public:
  // Numbers what each use of a macro makes under `root`, in order. `place_of` tells where the use around a location
  // stands in the text; nullopt: the location is in none.
  using PlaceOf = std::function<std::optional<std::pair<uint32_t, uint32_t>>(slang::SourceLocation)>;
  void Add(const slang::syntax::SyntaxNode& root, const PlaceOf& place_of);

  struct Position {
    MacroPart part = MacroPart::kBlock;
    uint32_t index = 0;
    uint32_t count = 0;  // of equal use and part
  };
  // Of the node or the nearest around it that is one of the parts from `first` to `last`; nullopt: no macro made it.
  std::optional<Position> Find(const slang::syntax::SyntaxNode& node, MacroPart first, MacroPart last) const;

 private:
  using Group = std::tuple<uint32_t, uint32_t, MacroPart>;  // file and byte of the use

  std::unordered_map<const slang::syntax::SyntaxNode*, std::pair<Group, uint32_t>> index_of_;
  std::map<Group, uint32_t> counts_;
};

}  // namespace fanin::indexer
