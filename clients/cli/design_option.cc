#include "clients/cli/design_option.h"

#include "clients/cli/option_text.h"

namespace fanin::cli {

void AddDesignOption(CLI::App& command, std::string& value) {
  command
      .add_option("--design", value,
                  "Elaborated design whose facts to use, \"-\" for none; default: the first there is")
      ->type_name(kDesign);
}

}  // namespace fanin::cli
