#include "platform/display/window.h"

#include <SDL.h>
#include <backends/imgui_impl_sdl.h>
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "platform/display/guest_screen.h"
#include "platform/display/history.h"
#include "platform/display/keyboard.h"
#include "platform/display/machine_view.h"
#include "platform/display/renderer.h"
#include "platform/display/screenshot.h"
#include "platform/machine/machine.h"
#include "sim/base/user_error.h"

namespace armature::platform::display {
namespace {

using HostClock = std::chrono::steady_clock;
constexpr int kWidth = 1280, kHeight = 800;
// A picture may take this share of the host's time.
constexpr int kDrawShare = 25;  // 1/25 = 4 %

struct SdlWindow {
  SDL_Window* window = nullptr;
  SDL_Surface* surface = nullptr;  // instead of a window
  SDL_Renderer* renderer = nullptr;

  explicit SdlWindow(bool visible) {
    SDL_SetMainReady();
    if (visible) {
      if (SDL_Init(SDL_INIT_VIDEO) != 0)
        throw UserError(fmt::format("display: {}", SDL_GetError()));
      window = SDL_CreateWindow("Armature", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, kWidth,
                                kHeight, SDL_WINDOW_RESIZABLE);
      if (window != nullptr) renderer = SDL_CreateRenderer(window, -1, 0);
    } else {
      surface = SDL_CreateRGBSurfaceWithFormat(0, kWidth, kHeight, 32, SDL_PIXELFORMAT_ABGR8888);
      if (surface != nullptr) renderer = SDL_CreateSoftwareRenderer(surface);
    }
    if (renderer == nullptr) throw UserError(fmt::format("display: {}", SDL_GetError()));
  }
  ~SdlWindow() {
    SDL_DestroyRenderer(renderer);
    if (window != nullptr) SDL_DestroyWindow(window);
    if (surface != nullptr) SDL_FreeSurface(surface);
    SDL_Quit();
  }
  SdlWindow(const SdlWindow&) = delete;
  SdlWindow& operator=(const SdlWindow&) = delete;
};

struct ImGuiSession {
  explicit ImGuiSession(bool has_keyboard) {
    IMGUI_CHECKVERSION();
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    if (has_keyboard) io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
    ImGui::StyleColorsDark();
    ImGui::GetStyle().WindowPadding = ImVec2(6, 6);
    ImGui::GetStyle().ItemSpacing = ImVec2(6, 3);
  }
  ~ImGuiSession() { ImGui::DestroyContext(); }
  ImGuiSession(const ImGuiSession&) = delete;
  ImGuiSession& operator=(const ImGuiSession&) = delete;
};

class Window final : public FrontEnd {
 public:
  explicit Window(Machine& machine)
      : machine_(machine),
        history_(machine.config().smp),
        is_visible_(machine.config().display),
        imgui_(is_visible_),
        sdl_(is_visible_),
        renderer_(sdl_.renderer),
        screen_(machine, sdl_.renderer),
        view_(machine, history_) {
    for (const auto& specification : machine.config().screenshots)
      screenshots_.emplace_back(specification);
    if (is_visible_) ImGui_ImplSDL2_InitForSDLRenderer(sdl_.window);
    machine.events.add(history_, History::kinds());
  }
  ~Window() override {
    machine_.events.remove(history_);
    if (is_visible_) ImGui_ImplSDL2_Shutdown();
  }

  Wish look() override {
    history_.sample(machine_);
    for (auto& screenshot : screenshots_) {
      if (screenshot.is_due(machine_, history_)) take(screenshot.path());
    }
    if (!is_visible_) return Wish::go_on;
    handle_input();
    show();
    step();
    if (controls_.quit) return Wish::leave;
    const bool stays = machine_.stop_reason() == StopReason::running && !may_go_on();
    if (stays) SDL_Delay(16);
    return stays ? Wish::stay : Wish::go_on;
  }

  void finish() override {
    for (auto& screenshot : screenshots_) {
      if (screenshot.is_due_at_end()) take(screenshot.path());
    }
  }

 private:
  bool may_go_on() {
    if (controls_.paused) {
      controls_.pace.begin_anew();
      return false;
    }
    const std::chrono::duration<double> host = HostClock::now().time_since_epoch();
    return controls_.pace.may_go_on(machine_.now().whole(), host.count());
  }

  void draw() {
    if (screen_.exists()) {
      screen_.update();
      view_.set_guest_screen(screen_.texture(), screen_.width(), screen_.height());
    }
    ImGuiIO& io = ImGui::GetIO();
    if (is_visible_) {
      ImGui_ImplSDL2_NewFrame();
    } else {
      io.DisplaySize = ImVec2(kWidth, kHeight);
      io.DeltaTime = 1.0f / 60;
    }
    ImGui::NewFrame();
    view_.draw(io.DisplaySize.x, io.DisplaySize.y, controls_);
    ImGui::Render();
    renderer_.draw(*ImGui::GetDrawData());
  }

  // A new picture, if the host has time for one.
  void show() {
    const auto now = HostClock::now();
    if (!controls_.paused && now < next_picture_) return;
    draw();
    SDL_RenderPresent(sdl_.renderer);
    const auto spent = HostClock::now() - now;
    next_picture_ =
        now + std::max<HostClock::duration>(std::chrono::milliseconds(16), spent * kDrawShare);
  }

  // A window needs two frames to find its layout.
  void take(const std::string& path) {
    draw();
    draw();
    int width = kWidth;
    int height = kHeight;
    SDL_GetRendererOutputSize(sdl_.renderer, &width, &height);
    std::vector<std::uint32_t> pixels(static_cast<std::size_t>(width) *
                                      static_cast<std::size_t>(height));
    SDL_RenderReadPixels(sdl_.renderer, nullptr, SDL_PIXELFORMAT_ABGR8888, pixels.data(),
                         width * 4);
    write_png(path, pixels, static_cast<unsigned>(width), static_cast<unsigned>(height));
  }

  void handle_input() {
    SDL_Event event;
    while (SDL_PollEvent(&event) != 0) {
      ImGui_ImplSDL2_ProcessEvent(&event);
      if (event.type == SDL_QUIT) controls_.quit = true;
      if (event.type == SDL_KEYDOWN && handle_function_key(event.key.keysym.sym)) continue;
      if (event.type == SDL_KEYDOWN || event.type == SDL_KEYUP) type_key(event.key);
      if (event.type == SDL_TEXTINPUT && !view_.shows_guest_screen()) {
        controls_.typed += event.text.text;
      }
    }
    send_typed();
  }

  bool handle_function_key(SDL_Keycode key) {
    using Step = Controls::Step;
    if (key == SDLK_F5) {
      controls_.paused = !controls_.paused;
      return true;
    }
    if (key == SDLK_F9 || key == SDLK_F10) {
      if (key == SDLK_F9)
        controls_.pace.slower();
      else
        controls_.pace.faster();
      return true;
    }
    const Step step = key == SDLK_F6   ? Step::instruction
                      : key == SDLK_F7 ? Step::event
                      : key == SDLK_F8 ? Step::hypercall
                                       : Step::none;
    if (step == Step::none) return false;
    controls_.paused = true;
    controls_.step = step;
    return true;
  }

  // To the guest's keyboard while its screen is shown, else to the console as a terminal would.
  void type_key(const SDL_KeyboardEvent& key) {
    if (view_.shows_guest_screen()) {
      const std::uint16_t code = linux_key(key.keysym.scancode);
      if (key.repeat != 0 || code == 0) return;
      machine_.host_input.push(
          HostInput::Channel::keyboard,
          {static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(code >> 8),
           static_cast<std::uint8_t>(key.type == SDL_KEYDOWN ? 1 : 0)});
      return;
    }
    if (key.type == SDL_KEYDOWN) controls_.typed += terminal_bytes(key.keysym);
  }

  void send_typed() {
    if (controls_.typed.empty()) return;
    const auto channel = static_cast<HostInput::Channel>(controls_.console);
    machine_.host_input.push(channel, {controls_.typed.begin(), controls_.typed.end()});
    controls_.typed.clear();
  }

  void step() {
    using Step = Controls::Step;
    switch (std::exchange(controls_.step, Step::none)) {
      case Step::none:
        return;
      case Step::instruction:
        machine_.run_window(1);
        break;
      case Step::event:
        run_until_event(~0ull);
        break;
      case Step::hypercall:
        run_until_event(event_bit(EventKind::hypercall));
        break;
    }
    history_.sample(machine_);
  }

  // Until the next canonical event of `kinds`, or a bounded number of windows: a person waits.
  void run_until_event(std::uint64_t kinds) {
    struct Watch final : EventListener {
      explicit Watch(Machine& m) : machine(m) {}
      Machine& machine;
      bool seen = false;
      void on_event(const armature::Event&) override {
        seen = true;
        machine.request_stop();
      }
    } watch{machine_};
    constexpr unsigned kWindowsMax = 100'000;
    constexpr std::uint64_t kCanonical = event_bit(EventKind::read) - 1;
    machine_.events.add(watch, kinds & kCanonical);
    for (unsigned n = 0; n < kWindowsMax && !watch.seen; ++n) {
      machine_.run_window();
      if (machine_.stop_reason() != StopReason::running) break;
    }
    machine_.events.remove(watch);
  }

  Machine& machine_;
  History history_;
  bool is_visible_;
  ImGuiSession imgui_;
  SdlWindow sdl_;
  Renderer renderer_;
  GuestScreen screen_;
  MachineView view_;
  Controls controls_;
  std::vector<Screenshot> screenshots_;
  HostClock::time_point next_picture_{};
};

}  // namespace

std::unique_ptr<FrontEnd> make_window(Machine& machine) {
  return std::make_unique<Window>(machine);
}

}  // namespace armature::platform::display
