#include "platform/display/renderer.h"

#include "sim/base/assert.h"

namespace armature::platform::display {

Renderer::Renderer(SDL_Renderer* renderer) : renderer_(renderer) {
  unsigned char* pixels = nullptr;
  int width = 0;
  int height = 0;
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.GetTexDataAsRGBA32(&pixels, &width, &height);
  fonts_ = SDL_CreateTexture(renderer, SDL_PIXELFORMAT_ABGR8888, SDL_TEXTUREACCESS_STATIC, width,
                             height);
  ARMATURE_ASSERT(fonts_ != nullptr);
  SDL_UpdateTexture(fonts_, nullptr, pixels, width * 4);
  SDL_SetTextureBlendMode(fonts_, SDL_BLENDMODE_BLEND);
  atlas.SetTexID(fonts_);
}

Renderer::~Renderer() { SDL_DestroyTexture(fonts_); }

void Renderer::draw(const ImDrawData& data) {
  SDL_SetRenderDrawColor(renderer_, 22, 22, 26, 255);
  SDL_RenderClear(renderer_);
  for (int n = 0; n < data.CmdListsCount; ++n) {
    const ImDrawList& list = *data.CmdLists[n];
    for (const ImDrawCmd& command : list.CmdBuffer) {
      const SDL_Rect clip{static_cast<int>(command.ClipRect.x),
                          static_cast<int>(command.ClipRect.y),
                          static_cast<int>(command.ClipRect.z - command.ClipRect.x),
                          static_cast<int>(command.ClipRect.w - command.ClipRect.y)};
      if (clip.w <= 0 || clip.h <= 0) continue;
      SDL_RenderSetClipRect(renderer_, &clip);
      const ImDrawVert* vertices = list.VtxBuffer.Data + command.VtxOffset;
      const int count = list.VtxBuffer.Size - static_cast<int>(command.VtxOffset);
      SDL_RenderGeometryRaw(renderer_, static_cast<SDL_Texture*>(command.GetTexID()),
                            &vertices->pos.x, sizeof(ImDrawVert),
                            reinterpret_cast<const SDL_Color*>(&vertices->col), sizeof(ImDrawVert),
                            &vertices->uv.x, sizeof(ImDrawVert), count,
                            list.IdxBuffer.Data + command.IdxOffset,
                            static_cast<int>(command.ElemCount), sizeof(ImDrawIdx));
    }
  }
  SDL_RenderSetClipRect(renderer_, nullptr);
}

}  // namespace armature::platform::display
