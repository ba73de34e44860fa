// The fixed parts of report.html: report.html, report.css and report*.js of this folder, put into
// the program when it is built.
#pragma once

#include <string_view>

namespace armature {

std::string_view report_page();  // with the marks /*style*/, /*data*/ and /*script*/
std::string_view report_style();
std::string_view report_script();

}  // namespace armature
