// The picture on the screen: lightness as it is, colours enlarged from the field's grid, by WebGL.

const VERTEX = `#version 300 es
in vec2 corner;
uniform vec4 part;
uniform vec4 view;
out vec2 place;
void main() {
  place = mix(part.xy, part.zw, corner);
  vec2 at = (place - view.xy) * view.zw;
  gl_Position = vec4(at.x * 2.0 - 1.0, 1.0 - at.y * 2.0, 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D light, planes, coarse, marks;
uniform vec4 part;
uniform float split, strength;
in vec2 place;
out vec4 color;

float cube(float t) { return t > 6.0 / 29.0 ? t * t * t : (t - 4.0 / 29.0) * 0.12841855; }
float root(float t) { return t > 0.008856452 ? pow(t, 1.0 / 3.0) : 7.787037 * t + 0.13793103; }
vec3 linear(vec3 c) { return mix(c / 12.92, pow((c + 0.055) / 1.055, vec3(2.4)), step(0.04045, c)); }
vec3 encoded(vec3 c) { return mix(12.92 * c, 1.055 * pow(max(c, 0.0), vec3(1.0 / 2.4)) - 0.055, step(0.0031308, c)); }

vec2 ab_of(vec3 srgb) {
  vec3 c = linear(srgb);
  float x = root(dot(c, vec3(0.4124564, 0.3575761, 0.1804375)) / 0.95047);
  float y = root(dot(c, vec3(0.2126729, 0.7151522, 0.0721750)));
  float z = root(dot(c, vec3(0.0193339, 0.1191920, 0.9503041)) / 1.08883);
  return vec2(500.0 * (x - y), 200.0 * (y - z));
}

vec3 shown(float l, vec2 ab) {
  float f = (l + 16.0) / 116.0;
  float x = 0.95047 * cube(f + ab.x / 500.0), y = cube(f), z = 1.08883 * cube(f - ab.y / 200.0);
  vec3 c = vec3(3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
                -0.9692660 * x + 1.8760108 * y + 0.0415560 * z,
                0.0556434 * x - 0.2040259 * y + 1.0572252 * z);
  // What no screen has goes towards grey of the same luminance.
  vec3 room = mix(vec3(0.0) - y, vec3(1.0) - y, step(y, c)) / (c - y + 1e-6 * sign(c - y + 1e-9));
  float share = clamp(min(min(room.r, room.g), room.b), 0.0, 1.0);
  return encoded(y + share * (c - y));
}

void main() {
  float l = texture(light, (place - part.xy) / (part.zw - part.xy)).r * 100.0;
  vec4 told = texture(planes, place);
  vec2 ab = told.xy + told.zw * (l - texture(coarse, place).r);
  vec4 mark = texture(marks, place);
  if (mark.a > 0.5) ab = ab_of(mark.rgb / mark.a);
  color = vec4(shown(l, place.x < split ? vec2(0.0) : strength * ab), 1.0);
}`;

export class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    const gl = (this.gl = canvas.getContext("webgl2", { preserveDrawingBuffer: true }));
    if (!gl) throw new Error("This browser has no WebGL 2, which the studio paints with.");
    this.program = link(gl);
    gl.useProgram(this.program);
    const corners = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, corners);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
    const corner = gl.getAttribLocation(this.program, "corner");
    gl.enableVertexAttribArray(corner);
    gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.textures = {};
    ["light", "planes", "coarse", "marks", "detail"].forEach((name, unit) => {
      this.textures[name] = { texture: gl.createTexture(), unit };
      if (name !== "detail") gl.uniform1i(this.where(name), unit);
    });
    this.detail = null;
  }

  where(name) {
    return this.gl.getUniformLocation(this.program, name);
  }

  fill(name, upload, filter) {
    const { gl } = this;
    const { texture, unit } = this.textures[name];
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
    for (const way of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, way, filter);
    upload();
  }

  setLightness({ size, bytes }) {
    const { gl } = this;
    this.detail = null;
    this.fill("light", () => gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, ...size, 0, gl.RED, gl.UNSIGNED_BYTE, bytes), gl.LINEAR);
  }

  // A part of the picture at a finer size: left, top, right, bottom as shares.
  setDetail({ size, bytes }, part) {
    const { gl } = this;
    this.detail = part;
    this.fill("detail", () => gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, ...size, 0, gl.RED, gl.UNSIGNED_BYTE, bytes), gl.LINEAR);
  }

  // The picture as it was: no colours yet.
  clear() {
    this.setPlanes({ size: [1, 1], values: new Float32Array(5) });
  }

  setPlanes({ size, values }) {
    const { gl } = this;
    const count = size[0] * size[1];
    const four = new Float32Array(4 * count);
    for (let plane = 0; plane < 4; plane++) {
      for (let i = 0; i < count; i++) four[4 * i + plane] = values[plane * count + i];
    }
    const coarse = values.subarray(4 * count);
    this.fill("planes", () => gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA16F, ...size, 0, gl.RGBA, gl.FLOAT, four), gl.LINEAR);
    this.fill("coarse", () => gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16F, ...size, 0, gl.RED, gl.FLOAT, coarse), gl.LINEAR);
  }

  setMarks(canvas) {
    const { gl } = this;
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    this.fill("marks", () => gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, canvas), gl.NEAREST);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  }

  // `view`: left, top, and the shares' factors to the canvas's sides.
  draw({ view, split, strength, side }) {
    const { gl, canvas } = this;
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform4f(this.where("view"), ...view);
    gl.uniform1f(this.where("strength"), strength);
    const width = side ? Math.floor(canvas.width / 2) : canvas.width;
    const panes = side ? [[0, 1], [canvas.width - width, 0]] : [[0, split]];
    for (const [left, until] of panes) {
      gl.viewport(left, 0, width, canvas.height);
      gl.uniform1f(this.where("split"), until);
      gl.scissor(left, 0, width, canvas.height);
      gl.enable(gl.SCISSOR_TEST);
      this.quad([0, 0, 1, 1], "light");
      if (this.detail) this.quad(this.detail, "detail");
      gl.disable(gl.SCISSOR_TEST);
    }
  }

  quad(part, name) {
    const { gl } = this;
    gl.uniform1i(this.where("light"), this.textures[name].unit);
    gl.uniform4f(this.where("part"), ...part);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  // sRGB of a canvas pixel, counted from the upper left.
  read(x, y) {
    const rgba = new Uint8Array(4);
    this.gl.readPixels(x, this.canvas.height - 1 - y, 1, 1, this.gl.RGBA, this.gl.UNSIGNED_BYTE, rgba);
    return [rgba[0] / 255, rgba[1] / 255, rgba[2] / 255];
  }
}

function link(gl) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
  return program;
}
