# Starts Doorkeeper in a small Rails application on a free loopback port, with two clients. Says its address on the
# first line. Secrets come from the environment. The argument is a folder for its logs.

ENV["RAILS_ENV"] = "production"
ENV["DATABASE_URL"] = "sqlite3:#{ARGV.fetch(0)}/database?pool=32&timeout=30000"

require "logger"
require "rails"
require "active_record/railtie"
require "action_controller/railtie"
require "doorkeeper"
require "puma"

class Application < Rails::Application
  config.root = ARGV.fetch(0)
  config.eager_load = false
  config.logger = Logger.new(File::NULL)
  config.secret_key_base = SecureRandom.hex(32)
  config.hosts.clear
  config.consider_all_requests_local = false
end

Doorkeeper.configure do
  orm :active_record
  grant_flows %w[client_credentials]
  default_scopes :"accounts.read"
  optional_scopes :api
  enforce_configured_scopes
  base_controller "ActionController::API"
  resource_owner_authenticator { nil }
end

Application.initialize!
Rails.application.routes.draw { use_doorkeeper { skip_controllers :authorizations, :applications, :authorized_applications } }

ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table :oauth_applications do |t|
    t.string :name, null: false
    t.string :uid, null: false, index: { unique: true }
    t.string :secret, null: false
    t.text :redirect_uri
    t.string :scopes, null: false, default: ""
    t.boolean :confidential, null: false, default: true
    t.timestamps null: false
  end
  create_table :oauth_access_tokens do |t|
    t.references :resource_owner
    t.references :application, null: false
    t.string :token, null: false, index: { unique: true }
    t.string :refresh_token, index: { unique: true }
    t.integer :expires_in
    t.datetime :revoked_at
    t.datetime :created_at, null: false
    t.string :scopes
    t.string :previous_refresh_token, null: false, default: ""
  end
end

[["accounts-client", "CLIENT_SECRET"], ["second client:1", "SECOND_SECRET"]].each do |uid, variable|
  Doorkeeper::Application.create!(
    name: uid, uid: uid, secret: ENV.fetch(variable), scopes: "accounts.read api", redirect_uri: "https://example.com"
  )
end

server = Puma::Server.new(Rails.application, Puma::Events.strings, min_threads: 1, max_threads: 16)
port = server.add_tcp_listener("127.0.0.1", 0).addr[1]
puts "http://127.0.0.1:#{port}"
$stdout.flush
server.run.join
